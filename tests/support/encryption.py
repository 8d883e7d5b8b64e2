"""Who may write to an encrypted queue or bucket, and cannot: what they send is lost in silence.

SQS and S3 ask the sender of a message, or the writer of an object, for the right to use the key. A
role needs it in its own statements, a service of AWS in the policy of the key; without it the
delivery is permitted, attempted and dropped. Looked for is every sender that a template names:

    statements of roles that allow the sending
    policies of queues and buckets that allow it to a service
    rules with a queue as target or for dead letters
    stream mappings and function calls that keep failures, schedules: with their role
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Body = Mapping[str, Any]
NEEDED = ("kms:GenerateDataKey", "kms:Decrypt")
# How each kind of store is written to, and where it says which key it has.
WRITE = {"AWS::SQS::Queue": "sqs:SendMessage", "AWS::S3::Bucket": "s3:PutObject"}
POLICIES = {"AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"}
# The key of AWS for a service: roles may use it, no other service can be allowed to.
MANAGED = "alias/aws/"


@dataclass(frozen=True, kw_only=True)
class Sender:
    """A role by its logical id, or a service by its principal, that writes to a store."""

    name: str
    store: str
    service: bool = False


class Templates:
    """Several stacks as one: resources by logical id, imports resolved to what is exported."""

    def __init__(self, *bodies: Body) -> None:
        self.resources: dict[str, Any] = {}
        self._exports: dict[str, Any] = {}
        for body in bodies:
            assert not self.resources.keys() & body["Resources"].keys()
            self.resources |= body["Resources"]
            for output in body.get("Outputs", {}).values():
                if "Export" in output:
                    self._exports[output["Export"]["Name"]] = output["Value"]

    def of_type(self, *kinds: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Logical id and properties."""
        for name, resource in self.resources.items():
            if resource["Type"] in kinds:
                yield name, resource.get("Properties", {})

    def named(self, value: Any) -> set[str]:
        """The logical ids that a value refers to, at whatever depth."""
        match value:
            case {"Ref": str(name)}:
                return {name}
            case {"Fn::GetAtt": [str(name), _]}:
                return {name}
            case {"Fn::ImportValue": str(name)}:
                return self.named(self._exports[name])
            case dict():
                return set().union(*map(self.named, value.values()))
            case list():
                return set().union(*map(self.named, value))
        return set()

    def keys(self) -> dict[str, Any]:
        """Store → the key of the customer (or of AWS) that it is encrypted with."""
        found = {
            name: told["KmsMasterKeyId"]
            for name, told in self.of_type("AWS::SQS::Queue")
            if "KmsMasterKeyId" in told
        }
        for name, told in self.of_type("AWS::S3::Bucket"):
            rules = told.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
            for rule in rules:
                default = rule.get("ServerSideEncryptionByDefault", {})
                if default.get("SSEAlgorithm") == "aws:kms":
                    found[name] = default.get("KMSMasterKeyID", f"{MANAGED}s3")
        return found

    def role_statements(self, role: str) -> Iterator[dict[str, Any]]:
        """Every statement of a role that allows something."""
        inline = self.resources[role]["Properties"].get("Policies", [])
        documents = [each["PolicyDocument"] for each in inline]
        for _, told in self.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            if role in self.named(told.get("Roles", [])):
                documents.append(told["PolicyDocument"])
        for document in documents:
            yield from _allowing(document)

    def concerns(self, statement: Mapping[str, Any], name: str) -> bool:
        """Whether a statement is about this resource, by name or by a star for everything."""
        return any(each == "*" or name in self.named(each) for each in _list(statement["Resource"]))


def silent_losses(*bodies: Body) -> list[str]:
    """A sentence for every sender that may write to an encrypted store and cannot."""
    templates = Templates(*bodies)
    keys = templates.keys()
    found = {
        sender
        for sender in _senders(templates)
        if sender.store in keys and not _may_use(templates, sender, keys[sender.store])
    }
    return sorted(f"{each.name} may write to {each.store}, and not use its key" for each in found)


def senders(*bodies: Body) -> set[Sender]:
    """Every sender that was looked at, so that a test can see that there were some."""
    return set(_senders(Templates(*bodies)))


def _may_use(templates: Templates, sender: Sender, key: Any) -> bool:
    ids = templates.named(key)
    if not ids:
        return isinstance(key, str) and MANAGED in key and not sender.service
    (name,) = ids
    if sender.service:
        policy = templates.resources[name]["Properties"]["KeyPolicy"]
        told = [each for each in _allowing(policy) if sender.name in _services(each)]
    else:
        told = [
            each
            for each in templates.role_statements(sender.name)
            if templates.concerns(each, name)
        ]
    return all(any(_allows(each, action) for each in told) for action in NEEDED)


def _senders(templates: Templates) -> Iterator[Sender]:
    stores = {
        name: WRITE[templates.resources[name]["Type"]] for name, _ in templates.of_type(*WRITE)
    }
    for role, _ in templates.of_type("AWS::IAM::Role"):
        for statement in templates.role_statements(role):
            for store, action in stores.items():
                if _allows(statement, action) and templates.concerns(statement, store):
                    yield Sender(name=role, store=store)
    for _, told in templates.of_type(*POLICIES):
        for statement in _allowing(told["PolicyDocument"]):
            for store in templates.named(statement["Resource"]) & stores.keys():
                if _allows(statement, stores[store]):
                    for service in _services(statement):
                        yield Sender(name=service, store=store, service=True)
    yield from _by_configuration(templates, stores.keys())


def _by_configuration(templates: Templates, stores: Any) -> Iterator[Sender]:
    """Senders that are told where to write, whether or not anybody allowed it."""
    for _, told in templates.of_type("AWS::Events::Rule"):
        for target in told.get("Targets", []):
            places = [target["Arn"], target.get("DeadLetterConfig", {})]
            for store in templates.named(places) & stores:
                yield Sender(name="events.amazonaws.com", store=store, service=True)
    failing = ("AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig")
    for _, told in templates.of_type(*failing):
        (function,) = templates.named(told["FunctionName"])
        (role,) = templates.named(templates.resources[function]["Properties"]["Role"])
        for store in templates.named(told.get("DestinationConfig", {})) & stores:
            yield Sender(name=role, store=store)
    for _, told in templates.of_type("AWS::Scheduler::Schedule"):
        (role,) = templates.named(told["Target"]["RoleArn"])
        places = [told["Target"]["Arn"], told["Target"].get("DeadLetterConfig", {})]
        for store in templates.named(places) & stores:
            yield Sender(name=role, store=store)


def _allowing(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (each for each in _list(document["Statement"]) if each["Effect"] == "Allow")


def _allows(statement: Mapping[str, Any], action: str) -> bool:
    return any(fnmatchcase(action, each) for each in _list(statement.get("Action", [])))


def _services(statement: Mapping[str, Any]) -> list[str]:
    principal = statement.get("Principal", {})
    return _list(principal.get("Service", [])) if isinstance(principal, dict) else []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
