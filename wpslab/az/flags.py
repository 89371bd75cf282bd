"""Flags: those that several commands share."""

from __future__ import annotations

from .table import Argument

NAME = Argument(("--name", "-n"), "The name of the Web PubSub resource.", own="name")
GROUP = Argument(("--resource-group", "-g"), "Name of resource group.", own="resource group")
MINE = (NAME, GROUP)
"""For commands about a resource, which is the lab's own where none is named."""

NAMED = (
    Argument(("--name", "-n"), "The name of the Web PubSub resource.", required=True),
    Argument(("--resource-group", "-g"), "Name of resource group.", required=True),
)
"""For commands that make or delete a resource: they never guess which."""

HUB = Argument(("--hub-name",), "The hub the command is about.", required=True)
LOCATION = Argument(("--location", "-l"), "Location, such as eastus. Values from: `az account list-locations`.")
TAGS = Argument(
    ("--tags",), "Space-separated tags: key[=value] [key[=value] ...]. Use '' to clear existing tags.", "pairs"
)
GENERIC = (
    Argument(("--set",), "Not in wpslab's own az: use the flags of the command.", "texts"),
    Argument(("--add",), "Not in wpslab's own az: use the flags of the command.", "texts"),
    Argument(("--remove",), "Not in wpslab's own az: use the flags of the command.", "texts"),
    Argument(("--force-string",), "Not in wpslab's own az.", "flag"),
)
YES = Argument(("--yes", "-y"), "Do not prompt for confirmation.", "flag")
