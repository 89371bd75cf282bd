"""Translator: the Azure AI Translator text API on this machine, for learning and for tests.

from wpslab.translator import Translator

with Translator() as translator:
    TextTranslationClient(
        endpoint=translator.endpoint, credential=AzureKeyCredential(translator.key), region=translator.region
    )
"""

import logging

from .engines import EngineTable, LanguageEngines
from .environment import AzureTranslator, find_translator
from .exchange import Exchange
from .host import Translator

__all__ = ["AzureTranslator", "EngineTable", "Exchange", "LanguageEngines", "Translator", "find_translator"]

logging.getLogger("wpslab.translator").addHandler(logging.NullHandler())
