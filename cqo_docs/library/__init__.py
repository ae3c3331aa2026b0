"""The content folder as frozen records: standards, topics, parameters, papers, findings."""
