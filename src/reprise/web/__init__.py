"""The library and its web application: a Django project. Only this package and the command line know Django."""
