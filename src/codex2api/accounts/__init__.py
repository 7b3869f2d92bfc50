"""The ChatGPT accounts we may use: values, ports, token keeping, and who serves next."""
