"""Zalo's endpoints for articles and broadcasts, for commands: requests that wait, errors as in `client`.

Zalo's documents name no endpoint for how many broadcasts are left. `broadcasts_left` asks the quota
endpoint for a product type "broadcast" and takes any refusal as "not known": then only Zalo's own
answer to the broadcast tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from connectors.zalo.client import (
    CONNECT_SECONDS,
    TOTAL_SECONDS,
    NeedsOperator,
    TokenRejected,
    TryLater,
    Unsure,
    ZaloError,
    error_for,
)

BEING_PROCESSED = -214
NO_QUOTA = -211
# Everybody who follows: all ages and genders, all regions (zalo-oa.md, 7.2).
EVERYBODY = {"gender": "0", "locations": "0"}


class StillProcessing(ZaloError):
    """Zalo has the article and is still working on it."""


class QuotaSpent(NeedsOperator):
    """The account has no broadcast left."""


class ArticleClient:
    """Calls of one app, one after the other."""

    def __init__(self, openapi_url: str, session: requests.Session | None = None) -> None:
        self._base = openapi_url.rstrip("/")
        self._session = session or requests.Session()

    def followers(self, access_token: str) -> int | None:
        """Give how many people follow the account, None when Zalo does not say. Raises ZaloError."""
        found = self._call("GET", "/v2.0/oa/getoa", access_token).get("data") or {}
        number = str(found.get("num_follower"))
        return int(number) if number.isdigit() else None

    def broadcasts_left(self, access_token: str) -> int | None:
        """Give how many broadcasts are left, None when it cannot be known. Raises ZaloError."""
        asked = {"quota_owner": "OA", "product_type": "broadcast", "quota_type": "sub_quota"}
        return self._quota(access_token, asked)

    def messages_left(self, access_token: str) -> int | None:
        """Give how many messages after the free 48 hours are in the package. Raises ZaloError."""
        return self._quota(
            access_token, {"quota_owner": "OA", "product_type": "cs", "quota_type": "sub_quota"}
        )

    def create(self, access_token: str, article: Mapping[str, Any]) -> str:
        """Hand an article in; give the token to ask `verify` with. Raises ZaloError."""
        data = self._call("POST", "/v2.0/article/create", access_token, dict(article)).get("data") or {}
        token = str(data.get("token") or "")
        if not token:
            raise Unsure("an article was taken without a token")
        return token

    def verify(self, access_token: str, article_token: str) -> str:
        """Give the id of an article that is ready. Raises StillProcessing, or another ZaloError."""
        data = self._call("POST", "/v2.0/article/verify", access_token, {"token": article_token}).get("data")
        article_id = str((data or {}).get("id") or "")
        if not article_id:
            raise StillProcessing("no id yet", BEING_PROCESSED)
        return article_id

    def newest(self, access_token: str) -> list[tuple[str, str]]:
        """List id and title of the ten newest articles. Raises ZaloError."""
        query = {"offset": "0", "limit": "10", "type": "normal"}
        data = self._call("GET", "/v2.0/article/getslice", access_token, query=query).get("data") or {}
        return [(str(item.get("id")), str(item.get("title"))) for item in data.get("medias") or []]

    def broadcast(self, access_token: str, article_id: str) -> str:
        """Send an article to all followers; give Zalo's message id, which may be empty. Raises ZaloError."""
        element = {"media_type": "article", "attachment_id": article_id}
        payload = {"template_type": "media", "elements": [element]}
        body = {
            "recipient": {"target": EVERYBODY},
            "message": {"attachment": {"type": "template", "payload": payload}},
        }
        data = self._call("POST", "/v2.0/oa/message", access_token, body).get("data") or {}
        return str(data.get("message_id") or "")

    def _quota(self, access_token: str, asked: dict[str, str]) -> int | None:
        try:
            found = self._call("POST", "/v3.0/oa/quota/message", access_token, asked).get("data")
        except (TokenRejected, TryLater, Unsure):
            raise
        except ZaloError:
            return None
        amounts = [str(item.get("remain")) for item in found or [] if isinstance(item, dict)]
        known = [int(amount) for amount in amounts if amount.isdigit()]
        return sum(known) if known else None

    def _call(
        self,
        method: str,
        path: str,
        access_token: str,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        try:
            response = self._session.request(
                method,
                self._base + path,
                json=body,
                params=query,
                headers={"access_token": access_token},
                timeout=(CONNECT_SECONDS, TOTAL_SECONDS),
                allow_redirects=False,
            )
        except requests.ConnectTimeout as error:
            raise TryLater("no connection") from error
        except requests.ConnectionError as error:
            # Refused before anything left, or broken off in the middle: only the first is sure.
            if "NewConnectionError" in repr(error):
                raise TryLater("no connection") from error
            raise Unsure("connection broke") from error
        except requests.RequestException as error:
            raise Unsure(f"connection broke: {type(error).__name__}") from error
        return _read(response)


def _read(response: requests.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    code = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(code, int) and code != 0:
        if code == BEING_PROCESSED:
            raise StillProcessing("being processed", code)
        if code == NO_QUOTA:
            raise QuotaSpent("no broadcast left", code)
        raise error_for(code)
    if isinstance(answer, dict) and code == 0 and response.status_code < 400:
        return answer
    if 400 <= response.status_code < 500:
        raise NeedsOperator(f"http {response.status_code}")
    raise Unsure(f"http {response.status_code} without a readable answer")
