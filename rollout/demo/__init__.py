"""The demo company: a year in the life of an electronics-accessory factory, made by the services themselves."""
