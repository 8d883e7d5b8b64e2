"""Who signs in, and by whom their tokens are issued.

By default a Cognito pool whose people are added by hand; any other OIDC issuer by context, and then
there is no pool. A token says who somebody is, and by its scopes whether it may read or also write;
what they may do stands in `book`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Aws, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.constructs.checks import acknowledge
from infra.stages import Stage
from rapport.routes import READ_SCOPE, WRITE_SCOPE

ACCESS_FOR = Duration.minutes(30)
REFRESH_FOR = Duration.hours(12)
# Where the console takes the code of a sign-in; and where a command on a laptop does.
CONSOLE = "/console/welcome"
LAPTOP = "http://localhost:8976/signed-in"


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Whose tokens count: the issuer's address, the client that they are for."""

    issuer: str
    client: str


class OperatorPool(Construct):
    """The people of the employer. It survives the engine, like all data."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.pool = cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True, username=False),
            sign_in_case_sensitive=False,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            password_policy=cognito.PasswordPolicy(
                min_length=14,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=Duration.days(3),
            ),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            # Sign-ins with passwords that leaked, or from where nobody works, are stopped.
            feature_plan=cognito.FeaturePlan.PLUS,
            standard_threat_protection_mode=cognito.StandardThreatProtectionMode.FULL_FUNCTION,
            deletion_protection=stage.protected,
            removal_policy=RemovalPolicy.RETAIN,
        )
        acknowledge(
            self.pool,
            ("COG2", "Each operator chooses a second factor; docs/desk.md says how to ask for it."),
        )
        CfnOutput(Stack.of(self), "OperatorPool", value=self.pool.user_pool_id)


class SignIn(Construct):
    """The page of sign-in, the scopes, and the one client: code flow with PKCE, no secret."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        pool: cognito.IUserPool,
        public_urls: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        server, _, read = READ_SCOPE.partition("/")
        write = WRITE_SCOPE.partition("/")[2]
        reading = cognito.ResourceServerScope(
            scope_name=read, scope_description="See what one's grants allow."
        )
        writing = cognito.ResourceServerScope(
            scope_name=write, scope_description="Change what one's grants allow."
        )
        scopes = cognito.UserPoolResourceServer(
            self, "Scopes", user_pool=pool, identifier=server, scopes=[reading, writing]
        )
        domain = cognito.UserPoolDomain(
            self,
            "Domain",
            user_pool=pool,
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=f"rapport-{stage.name}-{Aws.ACCOUNT_ID}"
            ),
        )
        laptop = [LAPTOP] if stage.name == "local" else []
        homes = [f"{url}{CONSOLE}" for url in public_urls]
        client = cognito.UserPoolClient(
            self,
            "Client",
            user_pool=pool,
            generate_secret=False,
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            access_token_validity=ACCESS_FOR,
            id_token_validity=ACCESS_FOR,
            refresh_token_validity=REFRESH_FOR,
            auth_flows=cognito.AuthFlow(user_srp=True),
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[
                    cognito.OAuthScope.OPENID,
                    cognito.OAuthScope.resource_server(scopes, reading),
                    cognito.OAuthScope.resource_server(scopes, writing),
                ],
                callback_urls=[*homes, *laptop],
                logout_urls=homes,
            ),
        )
        region = Stack.of(self).region
        self.issuer = Issuer(
            # Not the pool's attribute of that name: the local AWS does not know it.
            issuer=f"https://cognito-idp.{region}.amazonaws.com/{pool.user_pool_id}",
            client=client.user_pool_client_id,
        )
        CfnOutput(Stack.of(self), "OperatorClient", value=client.user_pool_client_id)
        self.url = domain.base_url()
        CfnOutput(Stack.of(self), "SignInUrl", value=self.url)
