"""The command `amends`: everything an operator types.

`main` is the application, one module per group of commands; each prints for people, and for programs with
`--json` where that makes sense. The commands start what `services.standalone` knows to start and reach a
running platform by the environment, else by the file that `amends up` leaves in its data folder.
"""
