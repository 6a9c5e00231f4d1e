"""What follow-up does with facts, deadlines and commands, through ports that the adapters fill."""
