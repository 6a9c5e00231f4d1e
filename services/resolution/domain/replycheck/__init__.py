"""The reply check: what a person is about to tell the customer, read for blame, excuses and missing goods
(P1.2, P3, P5). Rules are data, one pack per language; the engine knows none of them."""

from services.resolution.domain.replycheck.engine import Checked, Reading, check, goods_in
from services.resolution.domain.replycheck.listening import listen
from services.resolution.domain.replycheck.pack import Pack, parse

__all__ = ["Checked", "Pack", "Reading", "check", "goods_in", "listen", "parse"]
