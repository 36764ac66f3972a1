"""Who may say and hear what at the broker, from the registry, as the files of mosquitto and EMQX."""
