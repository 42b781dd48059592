"""Pages of the directory: departments, their posts and staff, each with its history."""

from django.urls import URLPattern, path

from yichuang.directory.pages import departments, experts, experts_import, posts, staff, stand_ins, tokens

urlpatterns: list[URLPattern] = [
    path("desk/directory", departments.listing, name="directory"),
    path("desk/directory.csv", departments.listing_csv, name="directory-csv"),
    path("desk/directory/new", departments.new, name="department-new"),
    path("desk/directory/departments/<uuid:department_id>", departments.one, name="department"),
    path("desk/directory/departments/<uuid:department_id>/edit", departments.edit, name="department-edit"),
    path("desk/directory/departments/<uuid:department_id>/posts/new", posts.new, name="post-new"),
    path("desk/directory/departments/<uuid:department_id>/staff/new", staff.new, name="staff-new"),
    path("desk/directory/posts/<uuid:post_id>", posts.edit, name="post-edit"),
    path("desk/directory/staff", staff.listing, name="staff"),
    path("desk/directory/staff.csv", staff.listing_csv, name="staff-csv"),
    path("desk/directory/staff/<uuid:account_id>", staff.edit, name="staff-edit"),
    path("desk/directory/staff/<uuid:account_id>/password", staff.password, name="staff-password"),
    path("desk/tokens", tokens.listing, name="tokens"),
    path("desk/tokens.csv", tokens.listing_csv, name="tokens-csv"),
    path("desk/tokens/new", tokens.new, name="token-new"),
    path("desk/tokens/<uuid:token_id>/revoke", tokens.revoke, name="token-revoke"),
    path("desk/stand-ins", stand_ins.listing, name="stand-ins"),
    path("desk/stand-ins.csv", stand_ins.listing_csv, name="stand-ins-csv"),
    path("desk/stand-ins/new", stand_ins.new, name="stand-in-new"),
    path("desk/stand-ins/<uuid:stand_in_id>/end", stand_ins.end, name="stand-in-end"),
    *experts_import.urlpatterns,
    *experts.urlpatterns,
]
