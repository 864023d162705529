"""What a network's firewall does with packets: a partition into allowed, denied and undecided."""
