"""Locations: the Azure regions a resource can be in. On this machine they are names and nothing more."""

from __future__ import annotations

from typing import Final

_NAMES: Final = (
    "Australia Central, Australia East, Australia Southeast, Brazil South, Canada Central, Canada East, Central India, "
    "Central US, East Asia, East US, East US 2, France Central, Germany West Central, Italy North, Japan East, "
    "Japan West, Korea Central, North Central US, North Europe, Norway East, Poland Central, South Africa North, "
    "South Central US, South India, Southeast Asia, Sweden Central, Switzerland North, UAE North, UK South, UK West, "
    "West Central US, West Europe, West India, West US, West US 2, West US 3"
)


def location_key(name: str) -> str:
    """Return a location as Azure keeps it: `East US` and `EastUS` are `eastus`."""
    return "".join(name.split()).lower()


LOCATIONS: Final = {location_key(name): name for name in _NAMES.split(", ")}
"""Display names by key."""
