"""The public door: which calls it lets through, how many, from whom, and what it writes down."""

import json

from infra.stages import STAGES
from rapport.events import CALLS
from tests.support.synth import Assembly


def test_tracking_calls_reach_track_and_candidates_pages_reach_engage(assembly: Assembly) -> None:
    functions = {assembly.logical_id(name): name for name in assembly.functions}
    integrations = {
        name: functions[each["Properties"]["IntegrationUri"]["Fn::GetAtt"][0]]
        for name, each in assembly.engine.of_type("AWS::ApiGatewayV2::Integration").items()
    }
    routes = {
        each["Properties"]["RouteKey"]: integrations[
            each["Properties"]["Target"]["Fn::Join"][1][1]["Ref"]
        ]
        for each in assembly.engine.of_type("AWS::ApiGatewayV2::Route").values()
    }
    tracking = {f"POST /v1/{call}": "track" for call in (*CALLS, "batch")}
    pages = {
        f"{method} {path}": "engage"
        for method in ("GET", "HEAD", "POST")
        for path in ("/f/confirm", "/u/{token}")
    }
    assert routes == tracking | pages


def test_the_gateway_answers_preflights_of_any_origin_without_credentials(
    assembly: Assembly,
) -> None:
    (api,) = assembly.engine.of_type("AWS::ApiGatewayV2::Api").values()
    cors = api["Properties"]["CorsConfiguration"]
    assert cors["AllowOrigins"] == ["*"]
    assert cors["AllowCredentials"] is False
    assert sorted(cors["AllowMethods"]) == ["GET", "OPTIONS", "POST"]
    assert set(cors["AllowHeaders"]) == {
        *("authorization", "content-type", "anonymousid", "sentat", "x-retry-count"),
        "x-write-key",
    }
    assert cors["ExposeHeaders"] == ["retry-after"]
    assert cors["MaxAge"] == 7200


def test_the_door_is_throttled(assembly: Assembly) -> None:
    (stage,) = assembly.engine.of_type("AWS::ApiGatewayV2::Stage").values()
    limits = stage["Properties"]["DefaultRouteSettings"]
    assert limits["ThrottlingRateLimit"] == STAGES["local"].rate_limit
    assert limits["ThrottlingBurstLimit"] == STAGES["local"].burst_limit


def test_the_access_log_holds_no_path_address_or_token(assembly: Assembly) -> None:
    (stage,) = assembly.engine.of_type("AWS::ApiGatewayV2::Stage").values()
    logged = json.loads(stage["Properties"]["AccessLogSettings"]["Format"])
    assert {"requestId", "routeKey", "status"} <= set(logged)
    told = " ".join(logged.values())
    for telling in ("path", "sourceIp", "userAgent", "queryString", "authorizer", "identity"):
        assert telling not in told
