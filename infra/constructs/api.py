"""The public door: an HTTP API with tracking calls, webhooks and the pages behind links in mails.

Each route of `rapport.routes` is a route here, and what none of them takes goes to `track`, which
answers with a code. The gateway itself answers preflights: any origin, no credentials, for a
preflight carries no key; a key's list of origins is enforced on the POST. The access log holds no
path, address or query: they would carry tokens and personal data.
"""

import json
from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_authorizers import HttpJwtAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra.constructs.alarms import alarm_on_faults
from infra.constructs.checks import acknowledge
from infra.constructs.engine_function import EngineFunction, retention
from infra.constructs.sign_in import Issuer
from infra.stages import Stage
from rapport import routes
from rapport.operator_routes import CONSOLE_ROUTES, OPERATOR_ROUTES, scope_of

GET, POST, OPTIONS = (
    gateway.CorsHttpMethod.GET,
    gateway.CorsHttpMethod.POST,
    gateway.CorsHttpMethod.OPTIONS,
)
CORS = gateway.CorsPreflightOptions(
    allow_origins=["*"],
    allow_credentials=False,
    allow_methods=[GET, POST, OPTIONS],
    allow_headers=[
        *("authorization", "content-type", "x-write-key"),
        *("anonymousid", "sentat", "x-retry-count"),
        # RudderStack's browser SDK adds these when it tries again: refused, the event is lost.
        *("rsa-recovered", "rsa-retry-attempt", "rsa-retry-reason"),
        *("rsa-since-first-attempt", "rsa-since-last-attempt"),
    ],
    expose_headers=["retry-after", "x-ratelimit-reset"],
    max_age=Duration.hours(2),
)
LOGGED = ("requestId", "requestTime", "routeKey", "status", "responseLength", "responseLatency")
LOGGED_INTEGRATION = ("latency", "status", "error")


class PublicApi(Construct):
    """`url` is the gateway's own address, without a trailing slash."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        track: EngineFunction,
        engage: EngineFunction,
        content: EngineFunction,
        ats: EngineFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        self._api = gateway.HttpApi(
            self,
            "Api",
            description="Rapport: tracking, content, confirmation, unsubscribe, webhooks of an ATS",
            create_default_stage=False,
            cors_preflight=CORS,
        )
        self.url = self._api.api_endpoint
        self._stage(stage)
        alarm_on_faults(self, self._api)
        self._routes({each.name: each for each in (track, engage, content, ats)})

    def _routes(self, functions: Mapping[str, EngineFunction]) -> None:
        integrations = {
            name: HttpLambdaIntegration(
                # One permission for the whole door, not one for each of its routes.
                name.title(),
                each.function,
                scope_permission_to_route=False,
            )
            for name, each in functions.items()
        }
        for route in (*routes.ROUTES, *routes.REST):
            for made in self._api.add_routes(
                path=route.path,
                methods=[gateway.HttpMethod[method] for method in route.methods],
                integration=integrations[route.function],
            ):
                acknowledge(
                    made,
                    ("APIG4", "Public on purpose: a write key, a token or a signature is checked."),
                )

    def serve_operators(self, desk: EngineFunction, issuer: Issuer) -> None:
        """The operators' routes: none without a token of that issuer that carries the scope.

        And the files of the console, which hold nothing of anybody.
        """
        integration = HttpLambdaIntegration(
            desk.name.title(), desk.function, scope_permission_to_route=False
        )
        authorizer = HttpJwtAuthorizer("Operators", issuer.issuer, jwt_audience=[issuer.client])
        for route in OPERATOR_ROUTES:
            for method in route.methods:
                self._api.add_routes(
                    path=route.path,
                    methods=[gateway.HttpMethod[method]],
                    integration=integration,
                    authorizer=authorizer,
                    authorization_scopes=[scope_of(method)],
                )
        for route in CONSOLE_ROUTES:
            for made in self._api.add_routes(
                path=route.path,
                methods=[gateway.HttpMethod[method] for method in route.methods],
                integration=integration,
            ):
                acknowledge(made, ("APIG4", "Files without data: a page that signs people in."))

    def _stage(self, stage: Stage) -> None:
        log = logs.LogGroup(
            self,
            "AccessLog",
            retention=retention(stage.log_retention_days),
            removal_policy=RemovalPolicy.DESTROY,
        )
        fields = {name: f"$context.{name}" for name in LOGGED}
        fields |= {
            f"integration_{name}": f"$context.integration.{name}" for name in LOGGED_INTEGRATION
        }
        gateway.CfnStage(
            self,
            "Stage",
            api_id=self._api.api_id,
            stage_name="$default",
            auto_deploy=True,
            default_route_settings=gateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=stage.rate_limit,
                throttling_burst_limit=stage.burst_limit,
                detailed_metrics_enabled=True,
            ),
            access_log_settings=gateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=log.log_group_arn, format=json.dumps(fields)
            ),
        )
