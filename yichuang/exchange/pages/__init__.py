"""Pages of the exchange."""

from yichuang.exchange.pages import national, webhooks

urlpatterns = [*webhooks.urlpatterns, *national.urlpatterns]
