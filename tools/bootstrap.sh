#!/bin/sh
# Finds a Python that can run Rapport (3.11 to 3.13) and hands over to bootstrap.py.
# Everything else that the project needs is installed by that file, inside the repository.
set -eu

# Not the interpreter of .venv, which `make` puts first on PATH, but the one it was made with:
# .venv is removed and made anew when a lock file has changed.
base='import sys; (3, 11) <= sys.version_info[:2] <= (3, 13) and print(sys._base_executable)'
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    python=$("$candidate" -c "$base" 2>/dev/null) || continue
    if [ -x "$python" ]; then
        exec "$python" "$(dirname "$0")/bootstrap.py" "$@"
    fi
done
found=$(python3 --version 2>&1) || found="no python3"
echo "Rapport needs Python 3.11, 3.12 or 3.13; found: $found." \
    "Mend: install one of them, or say which to use: make PYTHON=/path/to/python3.13" >&2
exit 1
