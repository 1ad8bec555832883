"""Pulumi's own engine, driven by its automation API over the sandbox's providers."""
