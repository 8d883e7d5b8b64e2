"""Nothing is lost in silence: every hop has an end that keeps what could not be delivered."""

import json
from typing import Any

from infra.stages import STAGES
from rapport.events import FACTS, SOURCE, VIEW_PREFIX
from tests.infra.test_grants import plain
from tests.support.synth import Assembly, Resource

STREAMS = {"enrich": "Log.StreamArn", "archive": "Log.StreamArn", "publish": "People.StreamArn"}
QUEUES = {
    "IntentsQueue.Arn": "send",
    "MailFeedbackQueue.Arn": "send",
    "WakeDueQueue.Arn": "trigger",
    "InboxCameQueue.Arn": "receive",
    "SyncWorkQueue.Arn": "sync",
    "CampaignWorkQueue.Arn": "campaign",
    "PrivacyWorkQueue.Arn": "privacy",
}


def mappings(assembly: Assembly) -> list[tuple[str, str, dict[str, Any]]]:
    """(function, source, properties) of every event source mapping."""
    names = {assembly.logical_id(name): name for name in assembly.functions}
    return [
        (
            names[each["Properties"]["FunctionName"]["Ref"]],
            plain(each["Properties"]["EventSourceArn"]),
            each["Properties"],
        )
        for each in assembly.engine.of_type("AWS::Lambda::EventSourceMapping").values()
    ]


def dead_letter_queue_ids(assembly: Assembly) -> set[str]:
    queues = assembly.engine.of_type("AWS::SQS::Queue")
    return {name for name, queue in queues.items() if "RedrivePolicy" not in queue["Properties"]}


def targets(assembly: Assembly) -> list[tuple[Resource, dict[str, Any]]]:
    rules = assembly.engine.of_type("AWS::Events::Rule").values()
    return [(rule, target) for rule in rules for target in rule["Properties"]["Targets"]]


def test_streams_feed_the_functions_that_live_on_them(assembly: Assembly) -> None:
    found = {name: source for name, source, _ in mappings(assembly) if "Stream" in source}
    assert found == STREAMS


def test_a_stream_mapping_loses_nothing_in_silence(assembly: Assembly) -> None:
    fed_by_streams = [m for m in mappings(assembly) if "Stream" in m[1]]
    assert len(fed_by_streams) == len(STREAMS)
    for _, _, properties in fed_by_streams:
        assert properties["StartingPosition"] == "TRIM_HORIZON"
        assert properties["ParallelizationFactor"] == 1
        assert properties["BisectBatchOnFunctionError"] is True
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert properties["MaximumRetryAttempts"] == 10
        assert properties["MaximumRecordAgeInSeconds"] == 6 * 3600
        kept_in = properties["DestinationConfig"]["OnFailure"]["Destination"]
        assert plain(kept_in) == "Failed.Arn"


def test_only_views_are_published(assembly: Assembly) -> None:
    (filters,) = [
        [json.loads(each["Pattern"]) for each in properties["FilterCriteria"]["Filters"]]
        for name, _, properties in mappings(assembly)
        if name == "publish"
    ]
    assert filters == [{"dynamodb": {"Keys": {"pk": {"S": [{"prefix": VIEW_PREFIX}]}}}}]
    assert not [1 for n, _, p in mappings(assembly) if n != "publish" and "FilterCriteria" in p]


def test_a_queue_is_worked_off_message_by_message(assembly: Assembly) -> None:
    fed_by_queues = [each for each in mappings(assembly) if "Queue" in each[1]]
    assert {source: name for name, source, _ in fed_by_queues} == QUEUES
    for _, _, properties in fed_by_queues:
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert properties["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_a_work_queue_waits_six_timeouts_and_then_gives_up_to_a_person(assembly: Assembly) -> None:
    timeout = STAGES["local"].size("send").timeout_s
    dead = dead_letter_queue_ids(assembly)
    worked_off = {
        name: queue
        for name, queue in assembly.engine.of_type("AWS::SQS::Queue").items()
        if name not in dead
    }
    assert len(worked_off) == len(QUEUES)
    for queue in worked_off.values():
        properties = queue["Properties"]
        assert properties["VisibilityTimeout"] >= 6 * timeout
        assert properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] in dead


def test_queues_use_the_encryption_that_no_sender_needs_a_key_for(assembly: Assembly) -> None:
    for queue in assembly.engine.of_type("AWS::SQS::Queue").values():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True
        assert "KmsMasterKeyId" not in queue["Properties"]


def test_every_target_of_a_rule_has_a_dead_letter_queue_that_the_rule_may_fill(
    assembly: Assembly,
) -> None:
    dead = dead_letter_queue_ids(assembly)
    policies = json.dumps(list(assembly.engine.of_type("AWS::SQS::QueuePolicy").values()))
    assert targets(assembly)
    for rule, target in targets(assembly):
        (queue, _) = target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"]
        assert queue in dead
        assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
        name = next(
            i for i, each in assembly.engine.of_type("AWS::Events::Rule").items() if each is rule
        )
        allowed = json.dumps({"aws:SourceArn": {"Fn::GetAtt": [name, "Arn"]}})
        assert allowed in policies


def test_a_function_called_by_events_keeps_the_calls_that_failed(assembly: Assembly) -> None:
    called = {
        target["Arn"]["Fn::GetAtt"][0]
        for _, target in targets(assembly)
        if target["Arn"]["Fn::GetAtt"][0] in assembly.engine.of_type("AWS::Lambda::Function")
    }
    kept = {
        each["Properties"]["FunctionName"]["Ref"]
        for each in assembly.engine.of_type("AWS::Lambda::EventInvokeConfig").values()
        if each["Properties"]["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
        in dead_letter_queue_ids(assembly)
    }
    names = ("trigger", "audit", "settle", "sync", "report", "privacy", "engage")
    assert called == kept == {assembly.logical_id(name) for name in names}


def test_every_fact_that_playbooks_may_name_has_a_rule_that_reaches_trigger(
    assembly: Assembly,
) -> None:
    trigger = assembly.logical_id("trigger")
    routed = [
        detail_type
        for rule, target in targets(assembly)
        if target["Arn"] == {"Fn::GetAtt": [trigger, "Arn"]}
        and rule["Properties"]["EventPattern"]["source"] == [SOURCE]
        and "EventBusName" in rule["Properties"]
        for detail_type in rule["Properties"]["EventPattern"]["detail-type"]
    ]
    starting = [fact.name for fact in FACTS.values() if fact.routed]
    assert starting
    assert sorted(routed) == sorted(starting)


def test_the_clock_calls_each_night_each_hour_and_each_minute(assembly: Assembly) -> None:
    called = sorted(
        (rule["Properties"]["ScheduleExpression"], target["Arn"]["Fn::GetAtt"][0])
        for rule, target in targets(assembly)
        if "ScheduleExpression" in rule["Properties"]
    )
    wanted = {
        "cron(43 2 * * ? *)": ("audit", "privacy"),
        "rate(1 hour)": ("report", "sync"),
        "rate(1 minute)": ("settle",),
    }
    assert called == sorted(
        (when, assembly.logical_id(name)) for when, names in wanted.items() for name in names
    )


def test_what_ses_says_of_our_mails_reaches_send(assembly: Assembly) -> None:
    ((rule, target),) = [
        (rule, target)
        for rule, target in targets(assembly)
        if rule["Properties"].get("EventPattern", {}).get("source") == ["aws.ses"]
    ]
    (ours,) = assembly.engine.of_type("AWS::SES::ConfigurationSet")
    told = rule["Properties"]["EventPattern"]["detail"]["mail"]["tags"]
    assert told == {"ses:configuration-set": [{"Ref": ours}]}
    assert plain(target["Arn"]) == "MailFeedbackQueue.Arn"
    by_bus, _ = destinations(assembly)
    reported = by_bus["Properties"]["EventDestination"]
    told = {"SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "OPEN", "CLICK"}
    assert told <= set(reported["MatchingEventTypes"])
    assert plain(reported["EventBridgeDestination"]["EventBusArn"]).endswith(":event-bus/default")
    sender = assembly.functions["send"]["Properties"]["Environment"]["Variables"]
    assert sender["RAPPORT_CONFIGURATION_SET"] == {"Ref": ours}


def destinations(assembly: Assembly) -> tuple[Resource, Resource]:
    """Where SES tells of our mails: the bus, and the topic."""
    found = assembly.engine.of_type("AWS::SES::ConfigurationSetEventDestination").values()
    by_bus, by_topic = sorted(
        found, key=lambda each: "SnsDestination" in each["Properties"]["EventDestination"]
    )
    return by_bus, by_topic


def test_what_must_not_be_lost_comes_by_a_topic_as_well(assembly: Assembly) -> None:
    _, destination = destinations(assembly)
    told = destination["Properties"]["EventDestination"]
    assert sorted(told["MatchingEventTypes"]) == ["BOUNCE", "COMPLAINT", "REJECT", "SEND"]
    topic = told["SnsDestination"]["TopicARN"]
    (subscription,) = assembly.engine.of_type("AWS::SNS::Subscription").values()
    properties = subscription["Properties"]
    assert properties["TopicArn"] == topic
    assert plain(properties["Endpoint"]) == "MailFeedbackQueue.Arn"
    dead = properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    assert dead in dead_letter_queue_ids(assembly)
    (policy,) = assembly.engine.of_type("AWS::SNS::TopicPolicy").values()
    (writing,) = [
        each
        for each in policy["Properties"]["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow"
    ]
    assert writing["Principal"] == {"Service": "ses.amazonaws.com"}
    assert writing["Action"] == "sns:Publish"
    assert set(writing["Condition"]["StringEquals"]) == {"aws:SourceAccount", "aws:SourceArn"}
    # Only what is made after the topic's policy may be told of by SES.
    assert any("Policy" in name for name in destination["DependsOn"])


def of_objects(assembly: Assembly, bucket: str) -> list[tuple[Resource, Resource]]:
    """The rules that tell of objects in a bucket, with their targets."""
    patterns = [(r, t, r["Properties"].get("EventPattern", {})) for r, t in targets(assembly)]
    told = [(r, t) for r, t, pattern in patterns if pattern.get("source") == ["aws.s3"]]
    named = [(r, t, r["Properties"]["EventPattern"]["detail"]["bucket"]["name"]) for r, t in told]
    return [(r, t) for r, t, names in named if [plain(each) for each in names] == [bucket]]


def test_a_file_that_is_dropped_reaches_sync(assembly: Assembly) -> None:
    ((rule, target),) = of_objects(assembly, "Drop")
    pattern = rule["Properties"]["EventPattern"]
    assert pattern["detail-type"] == ["Object Created"]
    assert pattern["detail"]["object"] == {"key": [{"prefix": "drop/"}]}
    assert plain(target["Arn"]) == "SyncWorkQueue.Arn"


def test_mail_that_comes_in_reaches_receive(assembly: Assembly) -> None:
    ((rule, target),) = of_objects(assembly, "Inbox")
    pattern = rule["Properties"]["EventPattern"]
    assert [plain(each) for each in pattern["detail"]["bucket"]["name"]] == ["Inbox"]
    assert pattern["detail"]["object"] == {"key": [{"prefix": "inbox/"}]}
    assert plain(target["Arn"]) == "InboxCameQueue.Arn"
    (bucket,) = [
        each
        for name, each in assembly.data.of_type("AWS::S3::Bucket").items()
        if name.startswith("Inbox")
    ]
    told = bucket["Properties"]["NotificationConfiguration"]["EventBridgeConfiguration"]
    assert told == {"EventBridgeEnabled": True}


def test_a_full_dead_letter_queue_and_a_lagging_stream_raise_an_alarm(assembly: Assembly) -> None:
    watched = [
        (alarm["Properties"]["MetricName"], json.dumps(alarm["Properties"]["Dimensions"]))
        for alarm in assembly.engine.of_type("AWS::CloudWatch::Alarm").values()
    ]
    for queue in dead_letter_queue_ids(assembly):
        assert [1 for name, on in watched if name.endswith("MessagesVisible") and queue in on]
    for function in STREAMS:
        logical_id = assembly.logical_id(function)
        assert [1 for name, on in watched if name == "IteratorAge" and logical_id in on]


def test_mails_and_records_that_are_stuck_and_a_bad_reputation_raise_an_alarm(
    assembly: Assembly,
) -> None:
    alarms = [
        each["Properties"] for each in assembly.engine.of_type("AWS::CloudWatch::Alarm").values()
    ]
    told = {each["MetricName"]: each for each in alarms}
    stuck = told["Unsettled"]
    assert stuck["Period"] * stuck["EvaluationPeriods"] == 30 * 60
    assert stuck["Dimensions"] == [{"Name": "service", "Value": "settle"}]
    aside = [a for a in alarms if a["MetricName"] == "OnFailureDestinationDeliveredEventCount"]
    assert len(aside) == len(STREAMS)
    assert told["Reputation.BounceRate"]["Threshold"] == 0.02
    assert told["Reputation.ComplaintRate"]["Threshold"] == 0.0005


def test_an_ats_that_is_not_read_any_more_or_holds_what_nobody_told_raises_an_alarm(
    assembly: Assembly,
) -> None:
    told = {
        each["Properties"]["MetricName"]: each["Properties"]["Threshold"]
        for each in assembly.engine.of_type("AWS::CloudWatch::Alarm").values()
        if {"Name": "service", "Value": "sync"} in each["Properties"].get("Dimensions", [])
    }
    wanted = {"PullsLate": 1, "PullsRefused": 1, "Drift": 100, "RosterFaults": 1}
    assert {name: told.get(name) for name in wanted} == wanted


def test_the_public_door_answering_5xx_raises_an_alarm(assembly: Assembly) -> None:
    (api,) = assembly.engine.of_type("AWS::ApiGatewayV2::Api")
    told = [
        alarm["Properties"]["Dimensions"]
        for alarm in assembly.engine.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["MetricName"] == "5xx"
    ]
    assert told == [[{"Name": "ApiId", "Value": {"Ref": api}}]]
