"""How a finding of cdk-nag is acknowledged: on the resource that causes it, with the reason."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

PACK = "AwsSolutions"


def acknowledge(construct: IConstruct, *findings: tuple[str, str]) -> None:
    """Acknowledge findings (rule without the pack's name, reason) on one construct."""
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=f"{PACK}::{PACK}-{rule}", reason=reason) for rule, reason in findings)
    )
