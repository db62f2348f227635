"""What set-up and the supply chain need: packages, Java, licences, advisories, public data."""
