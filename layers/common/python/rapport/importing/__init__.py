"""The pool that an employer has already: a table of people, brought in with proof.

`table` reads a file row by row, `columns` says what its columns mean, `values` and `spellings` make
one writing of many, `survey` looks at a whole file before anything is judged, `people` makes a
candidate of a row, `proof` tells what the employer may do with it, `telling` makes events of it,
`judging` holds rows against what is known, `ports` is what the applying of it needs and `applying`
and `undoing` do it. `rapport.imports` is the door to all of it.
"""
