"""Every address of the site: each room brings its own list."""

from django.urls import URLPattern, URLResolver

from yichuang.cases import pages as cases
from yichuang.catalogue import pages as catalogue
from yichuang.directory import pages as directory
from yichuang.feedback import pages as feedback
from yichuang.halls import pages as halls
from yichuang.home import pages as home
from yichuang.intake import pages as intake
from yichuang.programmes import pages as programmes
from yichuang.reports import pages as reports
from yichuang.statistics import pages as statistics

urlpatterns: list[URLPattern | URLResolver] = [
    *home.urlpatterns,
    *directory.urlpatterns,
    *catalogue.urlpatterns,
    *cases.urlpatterns,
    *intake.urlpatterns,
    *halls.urlpatterns,
    *feedback.urlpatterns,
    *programmes.urlpatterns,
    *statistics.urlpatterns,
    *reports.urlpatterns,
]

handler400 = "yichuang.home.pages.errors.bad_request"
handler403 = "yichuang.home.pages.errors.forbidden"
handler404 = "yichuang.home.pages.errors.not_found"
handler500 = "yichuang.home.pages.errors.server_error"
