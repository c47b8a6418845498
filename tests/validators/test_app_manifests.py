import pytest
from file_samples import broken, sample

from mes_conformity.validators.artefact import judge

ANDROID = sample("app-manifest", "AndroidManifest.xml")
IOS = sample("app-manifest", "PrivacyInfo.xcprivacy")
ATS = "<key>NSAppTransportSecurity</key><dict>{}</dict><key>NSPrivacyTracking</key>"


@pytest.mark.parametrize("text", [ANDROID, IOS], ids=["android", "ios"])
def test_a_sound_manifest_has_no_fault(text: str) -> None:
    assert judge("app-manifest", text.encode()) == []


@pytest.mark.parametrize(
    ("element", "severity", "rules"),
    [
        ('<service android:name="com.google.android.gms.analytics.AnalyticsService"/>', "error", ["google-analytics"]),
        (
            '<meta-data android:name="firebase_analytics_collection_enabled" android:value="true"/>',
            "error",
            ["google-analytics"],
        ),
        ('<meta-data android:name="firebase_analytics_collection_enabled" android:value="false"/>', "error", []),
        ('<activity android:name="com.facebook.FacebookActivity"/>', "warning", ["trackers"]),
        ('<activity android:name="invalid.exemple.facebook.Accueil"/>', "warning", []),
    ],
)
def test_a_component_of_android_is_known_by_its_name(element: str, severity: str, rules: list[str]) -> None:
    assert broken("app-manifest", ANDROID.replace("</application>", element + "</application>"), severity) == rules


@pytest.mark.parametrize(
    ("inside", "rules"),
    [
        ("<key>NSAllowsArbitraryLoads</key><true/>", ["cleartext"]),
        ("<key>NSAllowsArbitraryLoads</key><false/>", []),
        (
            "<key>NSExceptionDomains</key><dict><key>exemple.invalid</key><dict>"
            "<key>NSExceptionAllowsInsecureHTTPLoads</key><true/></dict></dict>",
            ["cleartext"],
        ),
    ],
)
def test_connections_in_clear_are_seen_on_ios(inside: str, rules: list[str]) -> None:
    assert broken("app-manifest", IOS.replace("<key>NSPrivacyTracking</key>", ATS.format(inside))) == rules


def test_firebase_and_declared_tracking_are_seen_on_ios() -> None:
    enabled = "<key>FIREBASE_ANALYTICS_COLLECTION_ENABLED</key><true/><key>NSPrivacyTracking</key>"
    assert broken("app-manifest", IOS.replace("<key>NSPrivacyTracking</key>", enabled)) == ["google-analytics"]
    assert broken("app-manifest", IOS.replace("<false/>", "<true/>", 1), "warning") == ["trackers"]


@pytest.mark.parametrize("text", ["<manifeste/>", "<plist/>", "<plist><array/></plist>"])
def test_another_document_is_told(text: str) -> None:
    assert broken("app-manifest", text) == ["document"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"bplist00",
        b"<manifest>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><manifest/>',
        IOS.replace("PLIST 1.0", "PLIST 2.0").encode(),
        b"<manifest>" * 5000,
    ],
)
def test_what_is_no_plain_xml_is_unreadable(raw: bytes) -> None:
    assert [finding.rule for finding in judge("app-manifest", raw)] == ["artefact/readable"]
