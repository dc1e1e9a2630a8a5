"""The stream engine: numbering, storing, fan-out and resume, the same for everything that people see."""
