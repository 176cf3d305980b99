"""The version of this package, which is that of the npm package too."""

__version__ = "0.1.0"
