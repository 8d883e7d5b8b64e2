#!/bin/sh
# Finds a Python that can run Rapport (3.11 to 3.13) and hands over to bootstrap.py.
# Everything else that the project needs is installed by that file, inside the repository.
set -eu

usable='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c "$usable" >/dev/null 2>&1; then
        exec "$candidate" "$(dirname "$0")/bootstrap.py" "$@"
    fi
done
found=$(python3 --version 2>&1) || found="no python3"
echo "Rapport needs Python 3.11, 3.12 or 3.13; found: $found." \
    "Mend: install one of them, or say which to use: make PYTHON=/path/to/python3.13" >&2
exit 1
