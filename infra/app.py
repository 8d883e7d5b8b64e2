"""`python -m infra.app`: reads the stage and builds the two stacks. No resources here.

Context (cdk.json, or `-c name=value`):
  stage          a row of infra/stages.py
  layer          `cloud` for AWS; `native` for functions that run in this machine's Python
  sender_domain  the domain that mail comes from
  mail_from_domain  the domain that bounces go to, a subdomain of it; empty: SES's own
  public_url     where candidates reach the public door; empty: the gateway's own address
  ses_endpoint   an endpoint in front of SES that records what is submitted; empty: SES itself
  reply_domain   the domain that replies come in at; empty: no receipt rules are made
  wait_divisor   waits of playbooks are divided by this; 1 for real
  operator_issuer, operator_client
                 another OIDC issuer of operators' tokens, and the client they are for; empty: a
                 Cognito pool is made
  operator_sign_in  where the console signs people in; empty: at that pool's domain, or as the
                 issuer's discovery tells
  upload_origin  where browsers of operators put files; empty: at the bucket's own address
  judge_after_s  seconds after which an open or a click is judged; 120 for real
"""

import sys

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra.stacks.data import DataStack
from infra.stacks.engine import EngineOptions, EngineStack
from infra.stages import DEFAULT_STAGE, STAGES


def build() -> App:
    """The whole app, with cdk-nag's checks switched on."""
    app = App()

    def said(name: str) -> str:
        return str(app.node.try_get_context(name) or "")

    stage = STAGES.get(said("stage") or DEFAULT_STAGE)
    if stage is None:
        known = ", ".join(STAGES)
        sys.exit(f"no stage {said('stage')!r} in infra/stages.py; there are: {known}")
    data = DataStack(app, "RapportData", stage=stage, own_pool=not said("operator_issuer"))
    options = EngineOptions(
        layer="native" if said("layer") == "native" else "cloud",
        sender_domain=said("sender_domain"),
        public_url=said("public_url"),
        ses_endpoint=said("ses_endpoint"),
        reply_domain=said("reply_domain"),
        wait_divisor=int(said("wait_divisor") or "1"),
        judge_after_s=int(said("judge_after_s") or "120"),
        operator_issuer=said("operator_issuer"),
        operator_client=said("operator_client"),
        operator_sign_in=said("operator_sign_in"),
        upload_origin=said("upload_origin"),
        mail_from_domain=said("mail_from_domain"),
    )
    EngineStack(app, "RapportEngine", stage=stage, data=data, options=options)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


if __name__ == "__main__":
    build().synth()
