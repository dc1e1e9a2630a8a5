"""Writes what others read of the declarations: the browser's types, the protocol page, the OpenAPI document."""
