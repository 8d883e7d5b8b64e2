"""Preflights at the local door, as the template has them.

The emulator's CloudFormation keeps `CorsConfiguration` under the names of a template
(`AllowOrigins`), its gateway looks for those of the API (`allowOrigins`) and refuses every
preflight. `UpdateApi` stores what it should, so the template's own value is given to it once more
after the deployment. On AWS nothing of this is needed.
"""

import json
from collections.abc import Mapping
from typing import Any

from local.layout import REGION, Place, aws_env

ENGINE = "RapportEngine.template.json"


def allow(place: Place, api_id: str) -> None:
    """Make the deployed gateway answer preflights by the deployed template."""
    import boto3

    env = aws_env(place.emulator_url)
    template = json.loads((place.state / "cdk.out" / ENGINE).read_text(encoding="utf-8"))
    boto3.client(
        "apigatewayv2",
        region_name=REGION,
        endpoint_url=place.emulator_url,
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
    ).update_api(ApiId=api_id, CorsConfiguration=cors_of(template))


def cors_of(template: Mapping[str, Any]) -> Any:
    """What a template says of preflights; CloudFormation and the API use the same names."""
    (api,) = (
        each for each in template["Resources"].values() if each["Type"] == "AWS::ApiGatewayV2::Api"
    )
    return api["Properties"]["CorsConfiguration"]
