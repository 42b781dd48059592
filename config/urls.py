"""Every address of the site: each room brings its own list."""

from django.urls import URLPattern, URLResolver

from yichuang.cases import api as cases_api
from yichuang.cases import pages as cases
from yichuang.catalogue import pages as catalogue
from yichuang.directory import pages as directory
from yichuang.exchange import pages as exchange
from yichuang.feedback import pages as feedback
from yichuang.halls import pages as halls
from yichuang.home import api as home_api
from yichuang.home import pages as home
from yichuang.intake import api as intake_api
from yichuang.intake import pages as intake
from yichuang.programmes import pages as programmes
from yichuang.reports import pages as reports
from yichuang.statistics import pages as statistics

# Machines first: an address is looked for from the top, and theirs come by the thousand.
urlpatterns: list[URLPattern | URLResolver] = [
    *home_api.urlpatterns,
    *intake_api.urlpatterns,
    *cases_api.urlpatterns,
    *home.urlpatterns,
    *directory.urlpatterns,
    *catalogue.urlpatterns,
    *cases.urlpatterns,
    *intake.urlpatterns,
    *halls.urlpatterns,
    *feedback.urlpatterns,
    *programmes.urlpatterns,
    *exchange.urlpatterns,
    *statistics.urlpatterns,
    *reports.urlpatterns,
]

handler400 = "yichuang.home.pages.errors.bad_request"
handler403 = "yichuang.home.pages.errors.forbidden"
handler404 = "yichuang.home.pages.errors.not_found"
handler500 = "yichuang.home.pages.errors.server_error"
