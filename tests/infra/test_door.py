"""The public door: which calls it lets through, how many, from whom, and what it writes down."""

import json

from infra.stages import STAGES
from rapport.operator_routes import CONSOLE_ROUTES, OPERATOR_ROUTES, scope_of
from rapport.routes import REST, ROUTES
from tests.support.synth import Assembly


def routed(assembly: Assembly) -> dict[str, str]:
    """Route key → function, as the template says."""
    functions = {assembly.logical_id(name): name for name in assembly.functions}
    integrations = {
        name: functions[each["Properties"]["IntegrationUri"]["Fn::GetAtt"][0]]
        for name, each in assembly.engine.of_type("AWS::ApiGatewayV2::Integration").items()
    }
    return {
        each["Properties"]["RouteKey"]: integrations[
            each["Properties"]["Target"]["Fn::Join"][1][1]["Ref"]
        ]
        for each in assembly.engine.of_type("AWS::ApiGatewayV2::Route").values()
    }


def test_the_gateway_has_the_routes_of_the_table_and_no_other(assembly: Assembly) -> None:
    every = (*ROUTES, *OPERATOR_ROUTES, *CONSOLE_ROUTES, *REST)
    table = {key: route.function for route in every for key in route.keys}
    assert routed(assembly) == table


def test_every_operators_route_wants_a_token_with_its_scope_and_no_other_route_does(
    assembly: Assembly,
) -> None:
    (authorizer,) = assembly.engine.of_type("AWS::ApiGatewayV2::Authorizer").items()
    expected = {
        key: [scope_of(method)]
        for route in OPERATOR_ROUTES
        for key, method in zip(route.keys, route.methods, strict=True)
    }
    found = {}
    for each in assembly.engine.of_type("AWS::ApiGatewayV2::Route").values():
        told = each["Properties"]
        if told.get("AuthorizationType") == "JWT":
            assert told["AuthorizerId"] == {"Ref": authorizer[0]}
            found[told["RouteKey"]] = told["AuthorizationScopes"]
        else:
            assert told.get("AuthorizationType", "NONE") == "NONE"
    assert found == expected
    assert authorizer[1]["Properties"]["IdentitySource"] == ["$request.header.Authorization"]
    print(f"operators' routes: {len(found)}, all with an authorizer and a scope")


def test_nobody_signs_up_by_themselves_and_the_client_has_no_secret(assembly: Assembly) -> None:
    (pool,) = assembly.data.of_type("AWS::Cognito::UserPool").values()
    (client,) = assembly.engine.of_type("AWS::Cognito::UserPoolClient").values()
    assert pool["DeletionPolicy"] == "Retain"
    assert pool["Properties"]["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["Properties"]["UserPoolAddOns"] == {"AdvancedSecurityMode": "ENFORCED"}
    assert client["Properties"]["AllowedOAuthFlows"] == ["code"]
    assert client["Properties"]["GenerateSecret"] is False
    assert client["Properties"]["ExplicitAuthFlows"] == [
        *("ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")
    ]


def test_what_no_route_names_reaches_track_whatever_its_path(assembly: Assembly) -> None:
    found = routed(assembly)
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        assert found[f"{method} /"] == found[f"{method} /{{path+}}"] == "track"


def test_no_route_takes_a_preflight_away_from_the_gateway(assembly: Assembly) -> None:
    methods = {key.partition(" ")[0] for key in routed(assembly)}
    assert not methods & {"OPTIONS", "ANY", "$default"}


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
        *("x-write-key", "rsa-recovered", "rsa-retry-attempt", "rsa-retry-reason"),
        *("rsa-since-first-attempt", "rsa-since-last-attempt"),
    }
    assert cors["ExposeHeaders"] == ["retry-after", "x-ratelimit-reset"]
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
