"""arm: Azure Resource Manager for resource groups and Web PubSub resources, as its SDKs and the Azure CLI call it."""

from .router import handle

__all__ = ["handle"]
