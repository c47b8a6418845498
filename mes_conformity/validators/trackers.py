"""Trackers that can be seen in a page or an application manifest.

Google Analytics alone is forbidden by a source (L'Usine Digitale, novembre 2022, reporting the national authority).
The others measure or advertise: they are told, since whether the user agreed first cannot be seen in a file.
"""

import re
from typing import Final

GOOGLE_ANALYTICS_HOSTS: Final = ("google-analytics.com", "analytics.google.com", "app-measurement.com")
OTHER_HOSTS: Final = (
    "doubleclick.net", "googletagmanager.com", "googleadservices.com", "connect.facebook.net", "graph.facebook.com",
    "hotjar.com", "mixpanel.com", "amplitude.com", "segment.com", "segment.io", "appsflyer.com", "adjust.com",
    "criteo.com", "criteo.net", "clarity.ms", "analytics.tiktok.com",
)  # fmt: skip
GOOGLE_ANALYTICS_COMPONENTS: Final = ("com.google.android.gms.measurement.", "com.google.android.gms.analytics.")
OTHER_COMPONENTS: Final = ("com.facebook.", "com.appsflyer.", "com.adjust.sdk.", "com.google.android.gms.ads.")
_GTAG: Final = re.compile(r"googletagmanager\.com/gtag/js|\bgtag\s*\(\s*['\"]config['\"]|\bga\s*\(\s*['\"]create['\"]")


def is_under(host: str, domains: tuple[str, ...]) -> bool:
    """Whether `host` is one of `domains` or one of their sub-domains."""
    bare = host.lower().rstrip(".")
    return any(bare == domain or bare.endswith("." + domain) for domain in domains)


def calls_google_analytics(script: str) -> bool:
    """Whether the text of a script, or its address, loads or starts Google Analytics."""
    return bool(_GTAG.search(script)) or any(host in script for host in GOOGLE_ANALYTICS_HOSTS)
