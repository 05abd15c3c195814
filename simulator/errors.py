"""The two ways a request is refused: as Zalo refuses it, and as our own JSON API refuses it."""

from __future__ import annotations


class ZaloError(Exception):
    """An application error of openapi.zalo.me; goes out as HTTP 200 with `error` and `message`."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message or MEANINGS.get(code, "Error")


class BadInput(Exception):
    """The caller of the simulator's own API sent something unusable; goes out as `{"error": sentence}`."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


MEANINGS: dict[int, str] = {
    -32: "Your application reached its limit of requests per minute",
    -100: "attachment_id is expired",
    -200: "Send message failed",
    -201: "A parameter is invalid",
    -204: "Official Account was deleted",
    -205: "Official Account does not exist",
    -209: "This API is not supported: the application is not activated",
    -210: "A parameter exceeds its limit",
    -211: "Out of quota",
    -212: "The application has not registered this API",
    -213: "The user has not followed the Official Account",
    -214: "The article is being processed",
    -216: "Access token is invalid",
    -217: "The user has blocked invitations",
    -218: "The user has reached the limit of received messages",
    -219: "The application was removed or disabled",
    -220: "Access token has expired or was removed",
    -221: "The Official Account is not verified",
    -223: "The Official Account has not authorised this API",
    -224: "The package of the Official Account does not include this API",
    -227: "The user is banned or has been inactive for more than 45 days",
    -230: "The user has not interacted with the Official Account in the past 7 days",
    -232: "The user has not interacted with the Official Account, or the interaction has expired",
    -233: "This message type is not supported",
    -234: "This message type is not allowed from 22:00 to 06:00",
    -235: "This API does not support this type of Official Account",
    -240: "Message API v2 is no longer supported, use v3",
    -242: "appsecret_proof is invalid",
    -244: "The user has limited this message type from the Official Account",
    -248: "The message breaks the platform standards",
    -320: "The application is not linked to a Zalo Cloud Account",
    -321: "The Zalo Cloud Account is out of credit",
}
