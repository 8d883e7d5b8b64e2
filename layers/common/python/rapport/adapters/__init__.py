"""Where Rapport meets AWS: DynamoDB, EventBridge, SQS, SES and S3."""
