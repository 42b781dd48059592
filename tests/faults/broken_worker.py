"""A worker as `yichuang work` runs it; with FAULTS_LEASES=0 one that never gives the jobs of the dead back."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from yichuang.effects.cli import worker  # noqa: E402

if os.environ.get("FAULTS_LEASES") == "0":
    vars(worker)["take_back_for_ever"] = lambda _stop: None

if __name__ == "__main__":
    worker.work.main([], standalone_mode=True)
