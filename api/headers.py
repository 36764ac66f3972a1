"""Headers that our own programs send besides the usual ones."""

#: Proof that a page of ours or a program asks: no form of another site can set it.
WRITE_HEADER = "X-Yingfeng-Request"
