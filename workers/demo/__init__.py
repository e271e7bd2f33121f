"""The demonstration: a project in two languages for `make up`, and the loop closed without people.

Texts and a hidden preference are written here; everything else goes through the services, the HTTP
API and the trainer that people use.
"""
