"""Tables of records resolved into clusters of one person or thing each."""
