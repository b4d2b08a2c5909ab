"""The faces of a workspace over HTTP: screening, console, API, TAXII; and the process of a job."""
