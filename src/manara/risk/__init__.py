"""Risk of attacks to an owner's own sites: expert judgement, attackers who adapt, protection."""
