"""REST: the data plane. `handle(service, request)` answers a call; one table has a row per operation."""

from .http import RestRequest, RestResponse
from .router import handle, is_api_path

__all__ = ["RestRequest", "RestResponse", "handle", "is_api_path"]
