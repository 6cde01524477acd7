"""The command line: parse, call `app`, print. Each command is a module, imported when used."""
