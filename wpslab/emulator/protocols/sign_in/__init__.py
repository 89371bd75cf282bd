"""sign_in: what the Azure CLI asks before it manages anything: where to sign in, and for tokens.

Everybody who asks is let in. Access tokens look as those of Microsoft Entra ID do, and nobody checks their signature.
"""

from .directory import Directory
from .router import handle, is_sign_in_path

__all__ = ["Directory", "handle", "is_sign_in_path"]
