"""What names lead to, and who may issue certificates for them: resolvers' answers beside Cloud DNS."""
