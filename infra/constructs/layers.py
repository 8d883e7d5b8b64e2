"""The two layers that every function carries: `rapport`, and the packages it stands on."""

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import layer_build
from infra.layer_build import Flavour

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64


class Layers(Construct):
    """`all` is what a function takes. Built at synthesis; same ingredients, same asset."""

    def __init__(self, scope: Construct, construct_id: str, *, flavour: Flavour) -> None:
        super().__init__(scope, construct_id)
        self.flavour = flavour
        self.all: tuple[lambda_.LayerVersion, ...] = tuple(
            lambda_.LayerVersion(
                self,
                name,
                description=description,
                code=lambda_.Code.from_asset(
                    str(folder),
                    # The folder's name ends in the digest of its ingredients.
                    asset_hash=folder.name,
                    asset_hash_type=AssetHashType.CUSTOM,
                ),
                compatible_runtimes=[RUNTIME],
                compatible_architectures=[ARCHITECTURE],
            )
            for name, description, folder in (
                ("Common", "Rapport's own package", layer_build.common(flavour)),
                ("Packages", "requirements/lambda.txt", layer_build.dependencies(flavour)),
            )
        )
