"""Tables of the room."""

from yichuang.feedback.models.complaints import Complaint, ComplaintContact, ComplaintNote
from yichuang.feedback.models.ratings import Appeal, FollowUp, Limit, Rating, RatingNote

__all__ = [
    "Appeal",
    "Complaint",
    "ComplaintContact",
    "ComplaintNote",
    "FollowUp",
    "Limit",
    "Rating",
    "RatingNote",
]
