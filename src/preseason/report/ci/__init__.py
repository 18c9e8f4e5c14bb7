"""What pipelines read: JUnit, SARIF, annotations, a comment, the verdict as JSON."""
