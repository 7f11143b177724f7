"""Moto's server with the half of SigV4 that moto leaves out.

Moto verifies the signatures in Authorization headers; it has no notion of presigned URLs, and fails over requests that
nobody signed. The gate before it verifies presigned URLs with botocore, and hands them on signed in the header.
One thing in moto is mended: it takes the query, or even the headers, for the body of a request that has none.

Arguments: host, port, certificate, key. The one user's key is MOTO_USER_ACCESS_KEY with MOTO_USER_SECRET_KEY.
"""

import datetime
import json
import os
import sys
from urllib.parse import parse_qs, urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.access_control import IAMRequestBase
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.settings import INITIAL_NO_AUTH_ACTION_COUNT
from moto.sts.models import sts_backends
from werkzeug.serving import run_simple

# Who may use the cloud, and the role that gives temporary credentials: their name.
NAME = "lab"
TIME = "%Y%m%dT%H%M%SZ"


def allow(resource):
    """A policy that allows everything; of a role, for everybody."""
    who = {"Resource": "*"} if resource else {"Principal": {"AWS": "*"}}
    statement = {"Effect": "Allow", "Action": "*" if resource else "sts:AssumeRole"} | who
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def admit():
    """Makes the user and the role; to be done again after each reset."""
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    iam.create_user("us-east-1", NAME)
    iam.put_user_policy(NAME, "all", allow(resource=True))
    iam.create_role(NAME, allow(resource=False), "/", None, "", [], 43200)
    iam.put_role_policy(NAME, "all", allow(resource=True))
    key = iam.create_access_key(NAME)
    key.access_key_id = os.environ["MOTO_USER_ACCESS_KEY"]
    key.secret_access_key = os.environ["MOTO_USER_SECRET_KEY"]


class BodyAsItCame:
    """What moto rebuilds of a request to sign it again, without a body where it came without one."""

    made_by_moto = IAMRequestBase._create_aws_request

    def make(self):
        request = BodyAsItCame.made_by_moto(self)
        if not int(self._headers.get("Content-Length") or 0):
            request.data = b""
        return request


IAMRequestBase._create_aws_request = BodyAsItCame.make


class Refusal(Exception):
    """What S3 says instead of an answer."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def secret_of(access_key, token):
    """The secret of a key that is known and comes with its own token, if it has one."""
    for user in iam_backends[DEFAULT_ACCOUNT_ID]["aws"].users.values():
        for key in user.access_keys:
            if key.access_key_id == access_key and token is None:
                return key.secret_access_key
    for role in sts_backends[DEFAULT_ACCOUNT_ID]["aws"].assumed_roles:
        if role.access_key_id == access_key and role.session_token == token:
            return role.secret_access_key
    raise Refusal("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")


def named(environ, names):
    """The headers that were signed, as they came."""
    plain = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
    keys = {name: plain.get(name, "HTTP_" + name.upper().replace("-", "_")) for name in names}
    return {name: environ.get(key, "") for name, key in keys.items()}


def open_presigned(environ, query):
    """Verifies a presigned request, and turns it into one that is signed in its header."""
    given = {name: values[0] for name, values in query.items()}
    token = given.get("X-Amz-Security-Token")
    try:
        access_key, _, region, service, _ = given["X-Amz-Credential"].rsplit("/", 4)
        begin = datetime.datetime.strptime(given["X-Amz-Date"], TIME)
        lives = datetime.timedelta(seconds=int(given["X-Amz-Expires"]))
        names = given["X-Amz-SignedHeaders"].split(";")
    except (KeyError, ValueError) as error:
        raise Refusal("AuthorizationQueryParametersError", f"The query is no presigned one: {error}") from error
    credentials = Credentials(access_key, secret_of(access_key, token), token)

    # A target in absolute form is one that no client of an endpoint sends.
    path, _, text = environ["RAW_URI"].partition("?")
    pairs = text.split("&")
    unsigned = "&".join(pair for pair in pairs if not pair.startswith("X-Amz-Signature="))
    place = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}"
    request = AWSRequest(environ["REQUEST_METHOD"], f"{place}{path}?{unsigned}", named(environ, names))
    request.context["timestamp"] = given["X-Amz-Date"]
    signer = S3SigV4QueryAuth(credentials, service, region)
    to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    if signer.signature(to_sign, request) != given["X-Amz-Signature"]:
        raise Refusal("SignatureDoesNotMatch", "The request signature we calculated does not match yours.")
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    if now >= begin + lives:
        raise Refusal("AccessDenied", "Request has expired")

    rest = "&".join(pair for pair in pairs if not pair.startswith("X-Amz-"))
    target = f"{path}?{rest}" if rest else path
    signed = AWSRequest(environ["REQUEST_METHOD"], place + target, {"Host": environ["HTTP_HOST"]})
    signed.context["payload_signing_enabled"] = False
    S3SigV4Auth(credentials, service, region).add_auth(signed)
    for name, value in signed.headers.items():
        environ["HTTP_" + name.upper().replace("-", "_")] = value
    environ["QUERY_STRING"] = rest
    environ["RAW_URI"] = environ["REQUEST_URI"] = target


class Gate:
    """What every request passes before moto sees it."""

    def __init__(self, moto):
        self.moto = moto

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if path.startswith("/moto-api/"):
            answer = self.moto(environ, start_response)
            if path == "/moto-api/reset":
                admit()
            return answer
        try:
            query = parse_qs(urlsplit(environ["RAW_URI"]).query, keep_blank_values=True)
            if "X-Amz-Signature" in query:
                open_presigned(environ, query)
            elif "HTTP_AUTHORIZATION" not in environ:
                raise Refusal("AccessDenied", "Access Denied")
        except Refusal as refusal:
            body = f"<Error><Code>{refusal.code}</Code><Message>{refusal}</Message></Error>".encode()
            start_response("403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
            return [body]
        return self.moto(environ, start_response)


def main():
    host, port, certificate, key = sys.argv[1:]
    if INITIAL_NO_AUTH_ACTION_COUNT != 0:
        sys.exit("INITIAL_NO_AUTH_ACTION_COUNT is not 0: no signature would be verified")
    admit()
    application = Gate(DomainDispatcherApplication(create_backend_app))
    run_simple(
        host,
        int(port),
        application,
        threaded=True,
        ssl_context=(certificate, key),
        request_handler=MotoRequestHandler,
    )


if __name__ == "__main__":
    main()
