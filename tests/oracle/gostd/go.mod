module gostd

go 1.24
