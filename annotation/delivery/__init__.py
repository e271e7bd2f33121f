"""What leaves a project: looking through it, exports, the audit trail, webhooks."""
