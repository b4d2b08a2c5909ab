"""Money: terrorist financing and laundering in payments, with the payments that prove it."""
