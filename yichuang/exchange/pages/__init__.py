"""Pages of the exchange."""

from yichuang.exchange.pages import webhooks

urlpatterns = [*webhooks.urlpatterns]
