"""What pages of the house read: the frame's names, the leaders' board."""

from yichuang.home.queries.page_frame import DESK_NAV, HALL, PUBLIC_NAV, frame, navigation

__all__ = ["DESK_NAV", "HALL", "PUBLIC_NAV", "frame", "navigation"]
